/* test_waits */
int main(void){return 0;}
